"""`make demo`: twenty real jobs through this machine's pool and pilots, while its owner comes and goes."""
