def begin(*_):
    raise SystemExit(0)
