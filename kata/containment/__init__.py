"""Whatever an answer does, the run goes on: cut-off, process state, interpreter shutdown."""
