"""A learner's own tests, judged: they pass with the right app, and notice every broken one."""
