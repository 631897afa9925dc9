"""Mutation: the references are changed a little, one change at a time, and a spec has to notice each.

Why not mutmut or cosmic-ray? Both were looked at (3.8 and 8.7). mutmut leaves decorated functions and code outside
functions alone, and a FastAPI answer is little else; and it runs the tests itself, on a package that they import.
cosmic-ray writes each change into the file in place and starts a command for it: the tree is broken while it runs, and
a new process costs four times as much as a forked one. Neither drops an `await`, moves a `finally`, or takes a bound
parameter away. So the changes are made here with libcst, which keeps the rest of the file as it is, and `run_spec`
judges them as it judges everything else.

What is left alone, because nothing that a client can see depends on it: comments, docstrings, the annotations of
variables and return values, `from error`, `assert`s that only tell the type checker something, a lifespan's
`@asynccontextmanager` (FastAPI takes a bare generator too), what a lifespan enters being made at the top of the file,
a `range` being made in each call, `def` for `async def` where nothing is awaited, `SELECT *` where all columns are
selected, `except BaseException` (it differs for a request that is cancelled, and no lesson cancels one); and what could
only end in a NameError: imports, names.
"""
