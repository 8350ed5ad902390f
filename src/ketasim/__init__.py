"""ketasim: ketamine from dose to plasma, receptor and mood. A research tool, not a medical device."""
