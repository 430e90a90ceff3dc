"""Files source and sink, stdin, stdout, tee."""
