"""Which channels exist, which articles they have, how these form documents."""
