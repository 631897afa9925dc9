"""What lives in the answer's process: loading it, the probes that watch it, what it leaves open."""
