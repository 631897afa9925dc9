"""The course as folders: exercises, lessons, stubs, hints, galleries, the rules they keep, and the map."""
