"""What we rely on, asserted against the simulator in `make test` and against a real server in `make contract`."""
