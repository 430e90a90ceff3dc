"""Path languages: column, jmespath, xpath."""
