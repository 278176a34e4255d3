"""The command line. Nothing heavy is imported before a command runs: `guise --help` answers at once."""
