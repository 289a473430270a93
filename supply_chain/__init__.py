"""`make audit`: known vulnerabilities of what is installed, faults in our own code, and the list of all parts (SBOM)."""
