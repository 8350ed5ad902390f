"""The command line: reads a request, calls the library, prints what came. No number is computed here."""
