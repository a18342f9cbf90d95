"""A fleet of hosts that differ, for real: machines with their own engines, reached over SSH as anybody's are.

`members` says which hosts there are, `place` where a fleet keeps its files, `subnet`, `ssh` and `inventory`
make what leads to them, `fleet` starts and ends it all, `rollout` runs the playbook on it, `faults` breaks
hosts, `newer` makes another version of the project to run it from, `shown` is what all of it shows.
"""
