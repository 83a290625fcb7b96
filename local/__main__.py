"""`python -m local`: the `alexandrite` command line."""

from local.command import alexandrite

alexandrite(prog_name="alexandrite", auto_envvar_prefix="ALEXANDRITE")
