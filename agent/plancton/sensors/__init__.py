"""One file a sensor. Each has `read()`, which gives a value or Missing(why) and never raises."""
