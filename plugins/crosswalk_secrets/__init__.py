"""Secret providers: env, file, keyring."""
