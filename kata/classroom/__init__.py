"""A class: handed out, collected, judged, explained."""
