"""The fault matrix: every fault x every state of a conversation x a red flag and a plain wish, against real processes."""
