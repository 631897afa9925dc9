"""`python -m kata`, where the command itself is not on the path."""

from kata.cli.app import main

main()
