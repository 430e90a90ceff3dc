"""The columnar back end: a plan over Arrow batches; what no kernel answers surely is left to the row functions."""
