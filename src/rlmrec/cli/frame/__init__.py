"""The framework of all commands: their own options, help, exit codes and messages."""
