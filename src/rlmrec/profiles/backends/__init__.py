"""Who answers: one file each."""
