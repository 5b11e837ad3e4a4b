"""Videos: tasks that outlive the request they came with, and the process too."""
