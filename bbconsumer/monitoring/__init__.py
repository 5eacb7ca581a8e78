"""What the platform and the operators are told about a process while it runs. Nothing here reads or writes bugs."""
