"""`python -m signsim`: the command."""

from ._command import main

main()
