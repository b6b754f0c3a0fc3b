/* The best that can be done: what the Python programs are measured against, and the outside of the line.
 *
 * edges react [CHIP OFFSET]           each edge of the line is written to standard output as a key of an input device;
 *                                     without a chip, the kernel's records are read from standard input
 * edges drive COUNT PAUSE_US [PULL]   turns a line COUNT times, and prints how long each took to come back as a key on
 *                                     standard input, in nanoseconds; -1 for one that never came. The line is gpio-sim's
 *                                     with the file PULL, or else played: records are sent to the socket that standard
 *                                     input then is
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
        ssize_t count = read(line, edges, sizeof edges) / (ssize_t)sizeof *edges;
        if (count <= 0)
            exit(0);
        for (ssize_t n = 0; n < count; n++) {
            out[0].value = edges[n].id == GPIO_V2_LINE_EVENT_RISING_EDGE;
            if (write(STDOUT_FILENO, out, sizeof out) < 0)
                exit(1);
        }
    }
}

static ssize_t set_level(int pull, int high)
{
    const char *level = high ? "pull-up" : "pull-down";
    return pwrite(pull, level, strlen(level), 0);
}

static ssize_t play_edge(int high)
{
    static struct gpio_v2_line_event edge = {.offset = 17};
    edge.timestamp_ns = now_ns();
    edge.id = high ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE;
    edge.line_seqno = ++edge.seqno;
    return write(STDIN_FILENO, &edge, sizeof edge);
}

static long long turn(int pull, int high)
{
    struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
    struct input_event in[8];
    long long began = now_ns();
    if ((pull < 0 ? play_edge(high) : set_level(pull, high)) < 0)
        exit(1);
    while (poll(&keys, 1, LOST_MS) > 0) {
        ssize_t count = read(STDIN_FILENO, in, sizeof in) / (ssize_t)sizeof *in;
        if (count <= 0)
            exit(1);
        for (ssize_t n = 0; n < count; n++)
            if (in[n].type == EV_KEY && in[n].value == high)
                return now_ns() - began;
    }
    return -1;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && !strcmp(argv[1], "react"))
        react(argc == 4 ? request(argv[2], atoi(argv[3])) : STDIN_FILENO);
    if (argc >= 4 && !strcmp(argv[1], "drive"))
        for (int n = 1, pull = argc == 5 ? open(argv[4], O_WRONLY) : -1; n <= atoi(argv[2]); n++) {
            printf("%lld\n", turn(pull, n % 2));
            usleep(atoi(argv[3]));
        }
    return 0;
}
