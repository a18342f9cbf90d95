"""Debian hosts in containers, each with a Docker Engine of its own, made from the distribution's archive.

`recipes` says what a host is made of, `images` makes and keeps it, `host` starts one and talks to it,
`own_figures` shows it its own CPU, `settings` carries this machine's package-client settings into it,
`snapshot` gives it the project, `facility` is what `make up` makes of it.
"""
