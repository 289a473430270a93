"""What is said in every measurement. Locust reads this file too, outside of our environment: nothing may be imported here."""

CONVERSATION = ("hello", "my back hurts", "No", "No", "what are the symptoms?", "thank you")
RED_FLAG = "I can't feel my legs and I wet myself"
