"""Which channels there are, who belongs to them, and how they are divided into documents."""
