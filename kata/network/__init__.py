"""The internet, in memory: a network backend below httpcore's pool, and the upstreams behind it."""
