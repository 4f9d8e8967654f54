"""Monday at nine: many queued tickets are let go at once into a helpdesk that agents use too."""
