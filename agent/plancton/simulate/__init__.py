"""A host in a closed loop: owners with a demand, a kernel that shares out, and policies that compete."""
