"""What every other folder may use: errors, seeds, files, processes and where the configuration is."""
