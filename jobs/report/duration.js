// duration
