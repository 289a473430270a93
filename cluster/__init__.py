"""`make cluster`: the shape of deploy/ with real processes on one machine, under load, while its parts die."""
