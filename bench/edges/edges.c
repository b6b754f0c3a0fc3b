/* The best that can be done: what the Python programs are measured against, and the outside of the line.
 *
 * edges react [CHIP OFFSET]           each edge of the line is written to standard output as a key of an input device;
 *                                     without a chip, the kernel's records are read from standard input
 * edges drive COUNT PERIOD_US [PULL]  turns a line COUNT times, one each period, and prints how long each took to come
 *                                     back as a key or a hat on standard input, in nanoseconds; -1 for one that never
 *                                     came. The line is gpio-sim's with the file PULL, or else played: records are sent
 *                                     to the socket that standard input then is
 * edges play COUNT PERIOD_US PLACE LEVELS  the same with a played line that is known by its place, a bit in that file
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

static struct gpio_v2_line_event edge = {.offset = 17}; /* of a played line */
static int levels = -1;

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
    unsigned long long level = (unsigned long long)high << edge.offset;
    if (levels >= 0 && pwrite(levels, &level, sizeof level, 0) < 0)
        return -1;
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
            if (in[n].type != EV_SYN && !!in[n].value == high)
                return now_ns() - began;
    }
    return -1;
}

static void drive(int count, int period_us, int pull)
{
    for (int n = 1; n <= count; n++) {
        long long next_ns = now_ns() + period_us * 1000LL, left_ns;
        printf("%lld\n", turn(pull, n % 2));
        if ((left_ns = next_ns - now_ns()) > 0)
            usleep(left_ns / 1000);
    }
}

int main(int argc, char **argv)
{
    if (argc >= 2 && !strcmp(argv[1], "react"))
        react(argc == 4 ? request(argv[2], atoi(argv[3])) : STDIN_FILENO);
    if (argc >= 4 && !strcmp(argv[1], "drive"))
        drive(atoi(argv[2]), atoi(argv[3]), argc == 5 ? open(argv[4], O_WRONLY) : -1);
    if (argc == 6 && !strcmp(argv[1], "play")) {
        edge.offset = atoi(argv[4]);
        levels = open(argv[5], O_WRONLY);
        drive(atoi(argv[2]), atoi(argv[3]), -1);
    }
    return 0;
}
