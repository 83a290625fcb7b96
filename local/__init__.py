"""The whole cloud on one machine, and the `alexandrite` command line that runs it."""
