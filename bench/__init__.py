"""Measurements that depend on the machine; nothing of them is a test."""
