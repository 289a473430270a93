"""A patient portal and a hospital page to try the chat's frames with. Not for production: it signs for anybody."""
