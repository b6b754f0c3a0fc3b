"""The broker of the lab: mosquitto as our child, or amqtt inside this process where there is none."""
