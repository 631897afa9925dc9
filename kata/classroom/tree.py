"""A hand-in as the file system would show it: links followed, and none of them out of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, cast

from kata.classroom.archives import archive_stem, listed, sized, unopened
from kata.classroom.junk import junk_file, junk_folder
from kata.classroom.members import WHOLE, Budget, Member, Parts, TooMuch, check_listing
from kata.classroom.notes import Notes
from kata.classroom.refusal import Refusal

_Node: TypeAlias = "dict[str, Member | _Node]"

_MOST_LINKS = 40  # on one path, as Linux has it


class _Outside(Exception):
    """A link leads out of the hand-in."""


class _Nowhere(Exception):
    """A link leads to nothing, or in a circle."""


class Tree:
    """The files of one hand-in. Archives in it are opened, and stand as folders of their name."""

    def __init__(self, members: list[Member], budget: Budget, notes: Notes) -> None:
        self._budget = budget
        self._notes = notes
        self._steps = 0
        self._left_out: dict[str, list[str]] = {}
        self._root: _Node = {}
        for member in members:
            self._add(member)
        self._open_archives(members)

    def files(self) -> list[Member]:
        """What may be an answer, or lie beside one. Raises `TooMuch` if it is more than anybody hands in."""
        found = list(self._walk(self._root, (), (), {()}))
        for why, paths in self._left_out.items():
            names = ", ".join(sorted(set(paths))[:8])
            more = f" and {len(set(paths)) - 8} more" if len(set(paths)) > 8 else ""
            self._notes.tell("left out", f"{names}{more}: {why}")
        return found

    # -- making it

    def _add(self, member: Member) -> None:
        node = self._root
        for part in member.path[:-1]:
            below = node.setdefault(part, {})
            if isinstance(below, Member):
                self._notes.tell("left out", f"{below.origin}: there is a folder of the same name")
                below = node[part] = {}
            node = below
        present = node.get(member.name)
        if isinstance(present, dict):
            self._notes.tell("left out", f"{member.origin}: there is a folder of the same name")
            return
        if isinstance(present, Member):
            self._notes.tell("doubled", f"{member.origin} is there twice: the later one is taken")
        node[member.name] = member

    def _open_archives(self, members: list[Member]) -> None:
        todo = [(member, 1) for member in members]
        while todo:
            member, depth = todo.pop()
            if not archive_stem(member.name) or member.link is not None or member.trouble:
                continue
            if self._is_in_junk(member):
                continue
            try:
                inside = self._listed(member, depth)
            except TooMuch:
                raise
            except Refusal as refusal:
                self._notes.tell("refused", str(refusal))
                continue
            self._make_room(member.path)
            for each in inside:
                # Times inside are those of the student's own files; which upload is newer stays the archive's.
                below = each.at((*member.path, *each.path), order=member.order)
                self._add(below)
                todo.append((below, depth + 1))

    def _make_room(self, path: Parts) -> None:
        node: _Node = self._root
        for part in path[:-1]:
            node = cast("_Node", node[part])
        node[path[-1]] = {}

    def _listed(self, member: Member, depth: int) -> list[Member]:
        limits = self._budget.limits
        if depth > limits.depth:
            raise Refusal(
                f"{member.shown} was not opened: it is an archive in an archive in an archive, and so on"
            )
        inside = listed(self._budget.read(member), member.name, limits)
        check_listing(sized(inside), member.shown, limits)
        return inside

    def _is_in_junk(self, member: Member) -> bool:
        return any(junk_folder(part) for part in member.path[:-1]) or bool(junk_file(member.name))

    # -- walking it

    def _walk(self, node: _Node, real: Parts, shown: Parts, above: set[Parts]) -> Iterator[Member]:
        """The files below a folder. `real` is where it is, `shown` the way that led there, `above` where one is."""
        self._steps += 1 + len(node)
        if self._steps > 50 * self._budget.limits.files:
            raise TooMuch(
                "the hand-in has too many files and links to be read: nothing of it is taken"
            )
        for name in sorted(node):
            below, path = node[name], (*shown, name)
            place: Parts = (*real, name)
            if isinstance(below, Member) and below.link is not None:
                if why := junk_folder(name) or junk_file(name):
                    self._leave_out(why, path)
                    continue
                if (led := self._led(below, place, path)) is None:
                    continue
                below, place = led
            if isinstance(below, Member):
                yield from self._file(below, path)
            elif why := junk_folder(name, below):
                self._leave_out(why, path)
            elif place in above:
                self._notes.tell(
                    "left out", f"{'/'.join(path)}: a link to a folder that it lies in"
                )
            else:
                yield from self._walk(below, place, path, {*above, place})

    def _file(self, member: Member, path: Parts) -> Iterator[Member]:
        name = path[-1]
        if member.trouble:
            if name == WHOLE:
                self._leave_out(member.trouble, path[:-1] or ("the folder",))
            else:
                self._notes.tell("refused", f"{'/'.join(path)} is not taken: {member.trouble}")
        elif why := junk_file(name):
            self._leave_out(why, path)
        elif unopened(name):
            self._notes.tell("refused", f"{'/'.join(path)} is not opened: ask for an ordinary zip")
        elif not archive_stem(name):  # an archive is what is in it, or it was told why not
            yield member.at(path)

    def _leave_out(self, why: str, path: Parts) -> None:
        self._left_out.setdefault(why, []).append("/".join(path))

    def _led(self, link: Member, place: Parts, shown: Parts) -> tuple[Member | _Node, Parts] | None:
        try:
            found = self._resolve(place)
        except _Outside:
            self._notes.tell(
                "refused",
                f"{'/'.join(shown)} is not taken: it is a link that leads out of the hand-in ({link.link})",
            )
        except _Nowhere:
            self._notes.tell(
                "refused", f"{'/'.join(shown)} is not taken: it is a link to nothing ({link.link})"
            )
        else:
            return found
        return None

    def _resolve(self, place: Parts) -> tuple[Member | _Node, Parts]:
        """What a path leads to, and where that is, as the file system goes: from link to link, part by part."""
        todo = list(reversed(place))
        here: list[str] = []
        nodes: list[Member | _Node] = [self._root]
        links = 0
        while todo:
            part = todo.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not here or archive_stem(here[-1]):  # an archive has nothing above it
                    raise _Outside
                here.pop()
                nodes.pop()
                continue
            node = nodes[-1]
            if isinstance(node, Member) or part not in node:
                raise _Nowhere
            below = node[part]
            if isinstance(below, Member) and below.link is not None:
                links += 1
                target = below.link
                if links > _MOST_LINKS or not target:
                    raise _Nowhere
                if target.startswith(("/", "\\")) or target[1:2] == ":":
                    raise _Outside
                todo.extend(reversed(target.split("/")))
                continue
            here.append(part)
            nodes.append(below)
        return nodes[-1], tuple(here)
