"""What a host's sensors saw, second by second, in a file: written by `record`, read by `simulate`.

Gzipped text. The first line is JSON; each further one is one reading, told as whole numbers that are
differences from the reading before: milliseconds beyond the interval, hundredths of core-seconds of the
host's busy time and of the pilots', MiB of available memory and of the pilots', hundredths of
core-seconds that a hypervisor took. The first reading differs from zero, and its time is the zero of
time. Zeros at the end of a line are left out, so that a quiet second is an empty line; `-` is a reading
that could not be had. A line of JSON in between tells a new number of cores.
"""
