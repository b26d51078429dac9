"""`python -m seqsal` serves, like the command `seqsal`."""

from seqsal.cli import main

if __name__ == "__main__":
    main()
