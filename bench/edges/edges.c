/* The best that can be done: what the Python programs are measured against, and the outside of the line.
 *
 * edges react CHIP OFFSET        each edge of the line is written to standard output as a key of an input device
 * edges drive PULL COUNT         turns gpio-sim's line COUNT times, and prints how long each took to come back as a key
 *                                on standard input, in nanoseconds; -1 for one that never came
 */
#include <fcntl.h>
#include <linux/gpio.h>
#include <linux/input.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_US 4000
#define LOST_MS 1000

static long long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int request(const char *chip, int offset)
{
    struct gpio_v2_line_request wanted = {.offsets = {offset}, .num_lines = 1, .consumer = "edges"};
    wanted.config.flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING;
    if (ioctl(open(chip, O_RDWR), GPIO_V2_GET_LINE_IOCTL, &wanted) < 0) {
        perror(chip);
        exit(1);
    }
    return wanted.fd;
}

static void react(int line)
{
    struct gpio_v2_line_event edges[64];
    struct input_event out[2] = {{.type = EV_KEY, .code = KEY_A}, {.type = EV_SYN}};
    struct epoll_event wanted = {.events = EPOLLIN}, ready;
    int epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, line, &wanted);
    fputs("ready\n", stderr);
    while (epoll_wait(epoll, &ready, 1, -1) > 0) {
        ssize_t count = read(line, edges, sizeof edges) / sizeof *edges;
        for (ssize_t n = 0; n < count; n++) {
            out[0].value = edges[n].id == GPIO_V2_LINE_EVENT_RISING_EDGE;
            if (write(STDOUT_FILENO, out, sizeof out) < 0)
                exit(1);
        }
    }
}

static long long turn(int pull, int high)
{
    const char *level = high ? "pull-up" : "pull-down";
    struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
    struct input_event in[8];
    long long began = now_ns();
    if (pwrite(pull, level, strlen(level), 0) < 0)
        exit(1);
    while (poll(&keys, 1, LOST_MS) > 0) {
        ssize_t count = read(STDIN_FILENO, in, sizeof in) / sizeof *in;
        for (ssize_t n = 0; n < count; n++)
            if (in[n].type == EV_KEY && in[n].value == high)
                return now_ns() - began;
    }
    return -1;
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[1], "react"))
        react(request(argv[2], atoi(argv[3])));
    if (argc == 4 && !strcmp(argv[1], "drive"))
        for (int n = 1, pull = open(argv[2], O_WRONLY); n <= atoi(argv[3]); n++) {
            printf("%lld\n", turn(pull, n % 2));
            usleep(PAUSE_US);
        }
    return 0;
}
