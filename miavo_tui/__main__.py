"""`python -m miavo_tui` is the command `miavo`."""

from miavo_tui.cli import main

if __name__ == "__main__":
    main()
