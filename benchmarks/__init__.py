"""What `make bench` measures: the figures that the design promises, beside what others need for the same."""
