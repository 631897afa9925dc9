"""What a spec talks to: the world of one spec, the served answer, its database, and what is expected of them."""
