"""What the commands of `kata` do, a module each. How they are called stands in `kata.cli.app`."""
