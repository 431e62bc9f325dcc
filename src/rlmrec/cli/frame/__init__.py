"""What all commands have in common: their own options, help, exit codes and messages."""
