"""From configuration files and words of a command line to checked options, and from options to objects."""
